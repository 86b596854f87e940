/** What most of the passwords that were ever leaked are made of, in lower case. */
export const TRIVIAL_WORDS: ReadonlySet<string> = new Set(
  `password passwort motdepasse contrasena senha parola passw pass passwd pwd secret geheim letmein welcome willkommen
   bienvenue admin administrator root user guest login master default changeme changeit test testing tester example demo
   qwerty qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qwertyuiop qazwsx qazwsxedc iloveyou iloveu loveyou lovely
   love princess sunshine dragon monkey football baseball basketball soccer hockey superman batman spiderman starwars
   pokemon naruto trustno trustnoone shadow michael jennifer jordan hunter harley ranger buster thomas robert daniel
   andrew jessica ashley michelle nicole matthew anthony joshua charlie george maggie pepper ginger tigger cookie
   chocolate banana orange cheese butterfly flower summer winter spring autumn sommer january february march april may
   june july august september october november december monday friday sunday whatever freedom internet computer samsung
   google facebook twitter linkedin microsoft windows apple iphone android minecraft fortnite roblox liverpool arsenal
   chelsea barcelona realmadrid juventus manchester united newyork london berlin paris america canada killer hello
   helloworld hallo bonjour hola ciao abc abcd abcdef abcdefg alphabet access security secure server system service
   support manager company office work home family mother father daddy mommy babygirl angel blessed jesus jesuschrist
   christ god godisgood peace happy lucky money success forever diamond silver golden purple yellow mustang ferrari
   porsche mercedes yamaha corvette phoenix eagles yankees cowboys steelers lakers patrick william elizabeth alexander
   nothing something anything everything correct horse battery staple correcthorsebatterystaple parley chat messenger
   one two three four five six seven eight nine ten this that the for you and not yes no my is me new old big your
   mypassword thepassword yourpassword`
    .split(/\s+/)
    .filter((word) => word !== ''),
)
