"""Rooms on FastAPI, SQLAlchemy and SQLite, as tutorials write them: a connection manager that sends to everybody in turn,
and each message stored by a session of its own before it is sent. Usage: fastapi_rooms.py PORT DATABASE
"""

import sys
from datetime import datetime

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from sqlalchemy import Column, DateTime, Integer, String, create_engine
from sqlalchemy.orm import declarative_base, sessionmaker

port, database = int(sys.argv[1]), sys.argv[2]
engine = create_engine(f"sqlite:///{database}", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()


class Message(Base):
    __tablename__ = "messages"
    id = Column(Integer, primary_key=True)
    room = Column(String, index=True)
    sender = Column(String)
    body = Column(String)
    created_at = Column(DateTime, default=datetime.utcnow)


Base.metadata.create_all(bind=engine)


class ConnectionManager:
    def __init__(self):
        self.rooms: dict[str, list[WebSocket]] = {}

    async def connect(self, room: str, websocket: WebSocket):
        await websocket.accept()
        self.rooms.setdefault(room, []).append(websocket)

    def disconnect(self, room: str, websocket: WebSocket):
        if websocket in self.rooms.get(room, []):
            self.rooms[room].remove(websocket)

    async def broadcast(self, room: str, message: dict):
        for connection in list(self.rooms.get(room, [])):
            try:
                await connection.send_json(message)
            except Exception:  # It left while the others were served.
                self.disconnect(room, connection)


app = FastAPI()
manager = ConnectionManager()


@app.websocket("/rooms/{room}/{name}")
async def chat(websocket: WebSocket, room: str, name: str):
    await manager.connect(room, websocket)
    await websocket.send_json({"type": "joined"})
    try:
        while True:
            received = await websocket.receive_json()
            db = SessionLocal()
            try:
                message = Message(room=room, sender=name, body=received["body"])
                db.add(message)
                db.commit()
                db.refresh(message)
                outgoing = {"type": "message", "id": message.id, "from": name, "body": message.body}
                outgoing["at"] = message.created_at.isoformat()
            finally:
                db.close()
            await manager.broadcast(room, outgoing)
    except WebSocketDisconnect:
        manager.disconnect(room, websocket)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=port, backlog=4096, log_level="warning")
